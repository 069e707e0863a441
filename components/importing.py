"""Imports that wait until they are needed, made safe for threads.

The engine calls a provider's methods four at a time, and `mtlsedge preview` draws while the engine works. Where two
threads first import packages that lean on each other, each waits for what the other has begun; Python then gives one of
them a half-made module, and its import fails with `cannot import name … from partially initialized module`. So whatever
is imported late where there are threads is imported like this::

    with one_at_a_time:
        from kubernetes import config
"""

import threading

one_at_a_time = threading.RLock()
"""Held while a thread imports: once imported, the second time costs a look into a dictionary."""
