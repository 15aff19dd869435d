"""`ionport demo`: four nodes, thirteen steps, each checks itself."""

from connector.cli.demo.play import run

__all__ = ["run"]
