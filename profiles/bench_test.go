package profiles

import (
	"fmt"
	"strings"
	"testing"
)

// manyProfiles is a config file as a large organisation generates it: five settings a role. The
// one asked for is the last.
func manyProfiles(n int) []byte {
	var b strings.Builder
	b.WriteString("[profile base]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n")
	for i := range n - 1 {
		fmt.Fprintf(&b, "\n[profile team-%06d-admin]\nrole_arn = arn:aws:iam::%012d:role/Admin\nsource_profile = base\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\noutput = json\n", i, i)
	}
	return []byte(b.String())
}

func benchmarkChain(b *testing.B, n int) {
	config := File{Path: "config", Data: manyProfiles(n)}
	target := fmt.Sprintf("team-%06d-admin", n-2)
	b.SetBytes(int64(len(config.Data)))
	b.ReportAllocs()
	for b.Loop() {
		set, err := Parse(config, File{})
		if err != nil {
			b.Fatal(err)
		}
		c, err := set.Chain(Request{Target: target})
		if err != nil || len(c.Roles) != 1 {
			b.Fatal(c, err)
		}
	}
}

func BenchmarkChain10(b *testing.B)   { benchmarkChain(b, 10) }
func BenchmarkChain10k(b *testing.B)  { benchmarkChain(b, 10_000) }
func BenchmarkChain100k(b *testing.B) { benchmarkChain(b, 100_000) }

// BenchmarkProfiles100k reads every profile, as list does.
func BenchmarkProfiles100k(b *testing.B) {
	config := File{Path: "config", Data: manyProfiles(100_000)}
	b.ReportAllocs()
	for b.Loop() {
		set, err := Parse(config, File{})
		if err != nil || len(set.Profiles()) != 100_000 {
			b.Fatal(err)
		}
	}
}
