"""What the vendor's archives must be, by name: a release that is replaced together with its own record is not taken.

An archive that is not listed is not downloaded; the part is built from Go modules, whose sums stand in `go.sum`.
No public record apart from the release has the alicloud plugin's 3.105.0.
"""

DIGESTS = {
    # The vendor's Homebrew tap, pulumi/homebrew-tap at 4cf9971, Formula/pulumi.rb.
    "pulumi-v3.256.0-linux-x64.tar.gz": "sha256:fe4afd4cda48f7fe06961268834caf78fb1efa8b31ee61ad00ee2e6cfa91caea",
    "pulumi-v3.256.0-linux-arm64.tar.gz": "sha256:a5b0c4cfc894d9147b8769eeb590fb6517f98829595d95443c2b6f91b1815711",
    "pulumi-v3.256.0-darwin-x64.tar.gz": "sha256:53a8c8775cb6e9886482552a3e7c74eccec7284dce4a4f68368a94113cf47b98",
    "pulumi-v3.256.0-darwin-arm64.tar.gz": "sha256:da8ed5d80c07ef00c5b0a489ddcedf4c985092d69b8efc4e9d2193e1e4f05b5b",
    # NixOS/nixpkgs at 0501eb3, pkgs/by-name/pu/pulumi-bin/data.nix, there in base 32.
    "pulumi-resource-kubernetes-v4.25.0-linux-amd64.tar.gz": "sha256:6ea3d53c16a00c4d1017c4d109928d8f4801fd7cd978965cd43917561f3774b0",
    "pulumi-resource-kubernetes-v4.25.0-linux-arm64.tar.gz": "sha256:e4260240ed14bff6ed1a5a25a362311380ea1c072544fc262532b8197ea0725c",
    "pulumi-resource-kubernetes-v4.25.0-darwin-amd64.tar.gz": "sha256:e5dffbef3525bb6f41c2b328afb471149c7396c263d2acd2ef2fab51d63d47f3",
    "pulumi-resource-kubernetes-v4.25.0-darwin-arm64.tar.gz": "sha256:566425b7767be7184d59c7ea151812c98426d7dab85f93c9c676c1dc9d488d91",
    # kubernetes-sigs/controller-tools, envtest-releases.yaml of July 2026.
    "envtest-v1.36.0-linux-amd64.tar.gz": "sha512:302d6a4c3b7d79b8a6168cd9fd5f18e718048211d25012d969d320e06b39672d17338bcd008c29adf98b41048a6f7d80c90ab0165b4b861497ef74c7bc6c1531",
    "envtest-v1.36.0-linux-arm64.tar.gz": "sha512:16b416776b6f5e6a13be33b7e9f248cbffb71b40bc286436c93b83239b965d07b902ce0da75b721aea9356a764ca896154bc420618bc7fb9d1dc4a6b2fa49405",
    "envtest-v1.36.0-darwin-amd64.tar.gz": "sha512:2f73d7c2c1408c3334f978c2c7f8a64bc691277d1b482930ae516b425882464f8970b0e47010520cdd29f1e756adfab2721a53857a976a462c16edcef9604644",
    "envtest-v1.36.0-darwin-arm64.tar.gz": "sha512:4b3542f707ffaa4bc0d5a07d25290323ff0ad1efd90560571705daf958db772fd8e78b5d6ae878df1840d8d39c1250ebfaf8518bfd02b10757ae445ec0cafe9e",
}
"""Name of an archive, which holds version and platform -> algorithm and digest in hex."""
