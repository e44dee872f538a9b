"""Carries the contract over NATS JetStream: keys and credentials, subjects, streams, the two clients.

A machine imports `essaim.bus.machine` and nothing that signs for others; the manager imports `manager` and `authority`.
This package init imports nothing, so that an agent stays small.
"""
