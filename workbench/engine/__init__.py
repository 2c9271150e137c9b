"""The loop: commands in, events out; wires the other folders."""
