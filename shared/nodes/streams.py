"""The streams that concern a region's nodes."""


def node_stream(node: str) -> str:
    return f"node/{node}"


def node_token_stream(token_id: bytes) -> str:
    """Has no state of its own: the admission by a token rests on its being new, so that a token is good once."""
    return f"node-token/{token_id.hex()}"
