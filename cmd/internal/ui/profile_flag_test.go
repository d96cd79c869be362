package ui

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestWithoutProfileFlag(t *testing.T) {
	root := &cobra.Command{Use: "hatstand"}
	exec := &cobra.Command{Use: "exec [PROFILE] [-- COMMAND...]", Run: func(*cobra.Command, []string) {}}
	exec.Flags().String("source", "", "")
	exec.Flags().IntP("jobs", "j", 0, "")
	exec.Flags().Bool("json", false, "")
	root.AddCommand(exec, &cobra.Command{Use: "lock", Run: func(*cobra.Command, []string) {}})
	for _, row := range []struct{ name, args, want string }{
		{"as the AWS CLI has it", "exec --profile prod -- true", "exec prod -- true!"},
		{"joined", "exec --profile=prod", "exec prod!"},
		{"short", "exec -p prod --json", "exec prod --json!"},
		{"after other flags", "exec --json --source me -p prod", "exec --json --source me prod!"},
		{"several", "exec -p a -p b", "exec a b!"},
		{"empty", "exec --profile=", "exec !"},
		{"none is given", "exec prod -- true", "exec prod -- true"},
		{"the command's own", "exec prod -- aws --profile x -p y", "exec prod -- aws --profile x -p y"},
		{"the value of another flag", "exec --source -p -j -p prod", "exec --source -p -j -p prod"},
		{"nothing follows", "exec --profile", "exec --profile"},
		{"a flag follows", "exec --profile --json", "exec --profile --json"},
		{"the end of flags follows", "exec -p -- true", "exec -p -- true"},
		{"a verb without a profile", "lock -p prod", "lock -p prod"},
		{"no such verb", "exce -p prod", "exce -p prod"},
	} {
		t.Run(row.name, func(t *testing.T) {
			plain, taken := WithoutProfileFlag(root, strings.Split(row.args, " "))
			got := strings.Join(plain, " ")
			if taken {
				got += "!"
			}
			if got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}
