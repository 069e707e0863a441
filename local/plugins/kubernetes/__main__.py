"""`python -m local.plugins.kubernetes`: serves the provider protocol and prints its port, as the engine expects."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from local.plugins.kubernetes.servicer import StandIn

THREADS = 32
"""Waits hold a thread each; the engine asks for as many operations at once as it has parallelism."""
LARGEST_MESSAGE = 400 * 1024 * 1024
"""Bytes; the engine's own limit."""


def main() -> None:
    """Runs until the engine ends the process."""
    limits = [("grpc.max_receive_message_length", LARGEST_MESSAGE), ("grpc.max_send_message_length", LARGEST_MESSAGE)]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(StandIn(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
