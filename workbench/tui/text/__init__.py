"""What the screens say, as pure functions from the board to styled text."""
