// Command pulumi-resource-kubernetes is the vendor's Kubernetes provider, built where the vendor's plugin
// cannot be downloaded. What it answers about itself lies beside it: the builder takes both files from the
// provider's own module.
package main

import (
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	provider.Serve("kubernetes", version.Version, beside("schema.json"), beside("terraform-mapping.json"))
}

// beside reads a file of the executable's folder. Without it the plugin still manages resources; only code
// generation has nothing to go by.
func beside(name string) []byte {
	executable, err := os.Executable()
	if err != nil {
		return nil
	}
	content, _ := os.ReadFile(filepath.Join(filepath.Dir(executable), name))
	return content
}
