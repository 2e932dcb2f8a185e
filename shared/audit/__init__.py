"""The audit trail's own matter: what an entry holds, how entries are chained, and what is made of them."""
