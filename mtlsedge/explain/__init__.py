"""Why a client is refused: what its files say beforehand, and what the listener says then."""
