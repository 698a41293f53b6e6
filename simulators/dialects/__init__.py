"""How the devices of each ecosystem speak: what they say on connecting, of their values, and by their last will."""
