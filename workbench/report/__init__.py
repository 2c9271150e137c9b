"""The event stream as text, tables and JSON."""
