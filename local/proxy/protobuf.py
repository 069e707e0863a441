"""How Envoy's JSON configuration names the protobuf type of an extension."""

Json = dict


def typed(message: str, **fields: object) -> Json:
    """A `google.protobuf.Any` in JSON: the message's full name below `envoy.`, then its fields."""
    return {"@type": f"type.googleapis.com/envoy.{message}", **fields}


def extension(name: str, message: str, **fields: object) -> Json:
    """A named extension (filter, transport socket, …) with its typed configuration."""
    return {"name": f"envoy.{name}", "typed_config": typed(message, **fields)}


def seconds(value: float) -> str:
    """A `google.protobuf.Duration` in JSON."""
    return f"{value}s"
