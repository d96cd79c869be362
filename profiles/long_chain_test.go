package profiles

import (
	"fmt"
	"strings"
	"testing"
)

func TestALongChainIsWalkedToItsEnd(t *testing.T) {
	var config strings.Builder
	const n = 2000
	for i := range n {
		fmt.Fprintf(&config, "[profile p%d]\n%ssource_profile = p%d\n", i, arn, i+1)
	}
	fmt.Fprintf(&config, "[profile p%d]\n", n)
	c, err := mustParse(t, config.String(), "").Chain(Request{Target: "p0"})
	if err != nil || len(c.Roles) != n || c.Base.Profile != fmt.Sprint("p", n) || c.Roles[n-1].Profile != "p0" {
		t.Fatalf("%d roles, %v", len(c.Roles), err)
	}
}
