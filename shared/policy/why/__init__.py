"""Why a decision is what it is, in full: for the owner's side alone, a client hears what `refusal.py` says."""
