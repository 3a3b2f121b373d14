"""Stage 4, usage: keys that know what they are for, and a record of what was done with them."""
