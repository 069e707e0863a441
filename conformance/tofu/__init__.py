"""A second engine as a witness: OpenTofu with the vendor's provider runs the console half in HCL on a local cloud."""
