"""Erasing on a log that is only ever added to: epochs of domain keys, sealing keys, and secrets wrapped again."""
