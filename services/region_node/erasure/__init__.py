"""What was destroyed is erased: domain keys and sealing keys advance, secrets are wrapped again."""
