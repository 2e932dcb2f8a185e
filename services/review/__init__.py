"""The owner's side looks at who may do what: now, earlier, and under a policy that is only a draft. It reads only."""
