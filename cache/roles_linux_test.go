package cache

// systemRoles are the parts that are played on Linux alone.
func systemRoles() map[string]func(args []string) error {
	return map[string]func([]string) error{
		"unasked":   childUnasked,
		"bereft":    childBereft,
		"one":       childOne,
		"hurried":   childHurried,
		"forbidden": childForbidden,
		"crowd":     childCrowd,
	}
}
