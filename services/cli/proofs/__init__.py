"""What regions prove of themselves and of each other: status, barriers, receipts, checkpoints, cards, `keytide
verify`."""
