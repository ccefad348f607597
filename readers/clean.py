"""Text out of traces, made fit for a prompt: what the ground does for every room that writes prompts."""

from telltale.memory.clean import clean, cleaned

__all__ = ["clean", "cleaned"]
