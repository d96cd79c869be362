package ui

import (
	"testing"

	"github.com/spf13/cobra"
)

func TestAFlagsValueHasAName(t *testing.T) {
	group, cmd := &cobra.Command{Use: "group"}, &cobra.Command{Use: "verb"}
	group.AddCommand(cmd)
	f := cmd.Flags()
	f.SortFlags = false
	f.String("first", "", "`PROFILE` profile to use")
	f.Uint16("number", 0, "`PORT` port of the endpoint")
	f.String("within", "", "print the `FORMAT` of another program")
	f.StringArray("many", nil, "`ARN` of a policy")
	f.Bool("plain", false, "no value")
	NameValues(group)
	want := "      --first PROFILE   profile to use\n" +
		"      --number PORT     port of the endpoint\n" +
		"      --within FORMAT   print the FORMAT of another program\n" +
		"      --many ARN        ARN of a policy\n" +
		"      --plain           no value\n"
	if got := f.FlagUsages(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if err := cmd.ParseFlags([]string{"--first", "prod", "--number", "80", "--many", "a", "--many", "b"}); err != nil {
		t.Fatal(err)
	}
	if got, port := f.Lookup("first").Value.String(), f.Lookup("number").Value.String(); got != "prod" || port != "80" {
		t.Errorf("the values are %s and %s", got, port)
	}
}
