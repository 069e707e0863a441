"""Everything that makes the laptop stack: a local Alibaba Cloud. Nothing here is needed against the real one."""
