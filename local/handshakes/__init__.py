"""What became of every connection to the local listeners: who was shown, who was let in, and why not.

Envoy writes the lines (`local.proxy.connection_log`); here they are read, judged and shown.
"""
