package ui

import (
	"strings"

	"github.com/spf13/cobra"
)

// WithoutProfileFlag is a command line for root on which the profile stands as an argument where it was given by -p or
// --profile, as the AWS CLI has it. taken: it was. Arguments after "--" belong to another program.
func WithoutProfileFlag(root *cobra.Command, args []string) (plain []string, taken bool) {
	cmd, _, err := root.Find(args)
	if err != nil || !strings.Contains(cmd.Use, "PROFILE") {
		return args, false
	}
	for i := 0; i < len(args); i++ {
		word := args[i]
		value, joined := strings.CutPrefix(word, "--profile=")
		follows := i+1 < len(args) && !strings.HasPrefix(args[i+1], "-")
		switch {
		case word == "--":
			return append(plain, args[i:]...), taken
		case joined:
			plain, taken = append(plain, value), true
		case (word == "--profile" || word == "-p") && follows:
			i++
			plain, taken = append(plain, args[i]), true
		case wantsValue(cmd, word) && i+1 < len(args):
			i++
			plain = append(plain, word, args[i])
		default:
			plain = append(plain, word)
		}
	}
	return plain, taken
}

// wantsValue reports whether a word is a flag whose value is the next word.
func wantsValue(cmd *cobra.Command, word string) bool {
	if name, long := strings.CutPrefix(word, "--"); long {
		f := cmd.Flags().Lookup(name)
		return f != nil && f.NoOptDefVal == ""
	}
	if len(word) != 2 || word[0] != '-' {
		return false
	}
	f := cmd.Flags().ShorthandLookup(word[1:])
	return f != nil && f.NoOptDefVal == ""
}
