"""Essaim (French for *swarm*): free software that runs a non-profit web host."""

__version__ = "0.1.0"
