package browser

import "os/exec"

// start runs a browser that outlives this process, apart from its terminal. What it prints goes nowhere:
// stdout and stderr here are ours. The channel has how it ended.
func start(args, env []string) (<-chan error, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = env
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	return exited, nil
}
