// Command pulumi-resource-alicloud is the vendor's Alibaba Cloud provider, upstream's own code and
// waits included, behind Pulumi's bridge: built where the vendor's plugin cannot be downloaded.
//
// Run as "pulumi-resource-alicloud --write-schema FILE" it writes its Pulumi schema and ends; the
// installer keeps that file beside the executable, from where GetSchema answers it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"unicode"

	"github.com/aliyun/terraform-provider-alicloud/alicloud"
	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	shimv1 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v1"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const (
	packageName = "alicloud"
	// version is that of the PyPI package whose programs this plugin serves.
	version    = "3.105.0"
	schemaFile = "schema.json"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "--write-schema" {
		if err := writeSchema(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "pulumi-resource-alicloud:", err)
			os.Exit(1)
		}
		return
	}
	tfbridge.Main(packageName, version, providerInfo(), installedSchema())
}

func providerInfo() tfbridge.ProviderInfo {
	upstream := alicloud.Provider().(*schema.Provider)
	info := tfbridge.ProviderInfo{
		P:           shimv1.NewProvider(upstream),
		Name:        packageName,
		Version:     version,
		DisplayName: "Alibaba Cloud",
		License:     "Apache-2.0",
		Resources:   map[string]*tfbridge.ResourceInfo{},
	}
	for name, place := range resources {
		info.Resources[name] = &tfbridge.ResourceInfo{Tok: token(place.module, place.kind), Fields: shapes[name]}
	}
	info.IgnoreMappings = unmapped(upstream)
	info.SetAutonaming(255, "-")
	return info
}

// token spells a type as the PyPI package does: alicloud:alb/loadBalancer:LoadBalancer.
func token(module, kind string) tokens.Type {
	first := []rune(kind)
	first[0] = unicode.ToLower(first[0])
	return tokens.Type(packageName + ":" + module + "/" + string(first) + ":" + kind)
}

func unmapped(upstream *schema.Provider) []string {
	var names []string
	for name := range upstream.ResourcesMap {
		if _, used := resources[name]; !used {
			names = append(names, name)
		}
	}
	for name := range upstream.DataSourcesMap {
		if _, used := resources[name]; !used {
			names = append(names, name)
		}
	}
	return names
}

func writeSchema(path string) error {
	quiet := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
	spec, err := tfgen.GenerateSchema(providerInfo(), quiet)
	if err != nil {
		return err
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// installedSchema reads what writeSchema left beside the executable. Without it the plugin still
// manages resources; only code generation by "pulumi import" has nothing to go by.
func installedSchema() []byte {
	executable, err := os.Executable()
	if err == nil {
		if text, err := os.ReadFile(filepath.Join(filepath.Dir(executable), schemaFile)); err == nil {
			return text
		}
	}
	return []byte(`{"name":"alicloud","version":"` + version + `"}`)
}
