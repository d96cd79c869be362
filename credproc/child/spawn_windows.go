package child

// Spawn is Run: here no process can take another one's place.
func Spawn(path string, args, env []string) error { return Run(path, args, env) }
