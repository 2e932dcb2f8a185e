"""What a key is and who may use it: pure decisions. No I/O, no clock; randomness only in `crypto/entropy.py`."""
