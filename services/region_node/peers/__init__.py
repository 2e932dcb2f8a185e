"""A region among its peers: whose cards it has pinned, who may read it, whom it reads, what they acknowledge."""
