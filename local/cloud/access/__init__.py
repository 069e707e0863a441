"""Resource Access Management (RAM), as much of it as decides a call: who may do what."""
