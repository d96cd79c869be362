package cached_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/cmd/internal/buildinfo"
	"hatstand/cmd/internal/cached"
)

const config = `[profile prod]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
[profile me]
`

// A machine is a home with one profile whose role is cached, and the two programs in one folder.
type machine struct {
	t              *testing.T
	home, bin      string
	env            map[string]string
	now            time.Time
	program        string // as it is started
	file           string // what the system says runs
	became         []string
	stdout, stderr strings.Builder
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	home := t.TempDir()
	m := &machine{t: t, home: home, bin: filepath.Join(home, "bin"), now: time.Now(), env: map[string]string{"HOME": home}}
	m.write(".aws/config", config, 0o600)
	m.program = m.write("bin/"+exe("hatstand-credential-process"), "", 0o700)
	m.file = m.program
	m.write("bin/"+exe("hatstand"), "", 0o700)
	t.Setenv("PATH", filepath.Join(home, "nowhere"))
	return m
}

func exe(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}

func (m *machine) write(name, text string, mode os.FileMode) string {
	m.t.Helper()
	path := filepath.Join(m.home, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), mode)); err != nil {
		m.t.Fatal(err)
	}
	return path
}

func (m *machine) link(from, to string) string {
	m.t.Helper()
	path := filepath.Join(m.home, to)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.Symlink(from, path)); err != nil {
		m.t.Skipf("links cannot be made here: %v", err)
	}
	return path
}

// run starts the program; the other one, where it takes over, ends with 7.
func (m *machine) run(args ...string) int {
	m.became = nil
	m.stdout.Reset()
	m.stderr.Reset()
	return cached.Run(m.t.Context(), cached.World{
		Args:   append([]string{m.program}, args...),
		Getenv: func(name string) string { return m.env[name] },
		Environ: func() (all []string) {
			for name, value := range m.env {
				all = append(all, name+"="+value)
			}
			return all
		},
		GOOS: runtime.GOOS, Stdout: &m.stdout, Stderr: &m.stderr, Now: func() time.Time { return m.now },
		Executable: func() (string, error) { return m.file, nil },
		Become: func(path string, args, environ []string) (int, error) {
			m.became = append([]string{path}, args...)
			if !slices.Contains(environ, "HOME="+m.env["HOME"]) {
				m.t.Errorf("its environment is %q", environ)
			}
			return 7, nil
		},
	})
}

func (m *machine) wantHandOver(to string, args ...string) {
	m.t.Helper()
	exit := m.run(args...)
	want := append([]string{to, to, "credential-process"}, args...)
	if exit != 7 || !slices.Equal(m.became, want) || m.stdout.Len()+m.stderr.Len() > 0 {
		m.t.Errorf("exit code %d, became %q, want %q\nstdout %q\nstderr %q", exit, m.became, want, m.stdout.String(), m.stderr.String())
	}
}

func TestAShellCompletesForTheOtherProgram(t *testing.T) {
	m := newMachine(t)
	path := filepath.Join(m.bin, exe("hatstand"))
	m.run("__complete", "--region", "")
	if want := []string{path, path, "__complete", "credential-process", "--region", ""}; !slices.Equal(m.became, want) {
		t.Errorf("became %q, want %q", m.became, want)
	}
}

func TestItSaysWhichBuildItIs(t *testing.T) {
	m := newMachine(t)
	if exit := m.run(cached.BuildFlag); exit != 0 || m.stdout.String() != buildinfo.ID()+"\n" || m.became != nil {
		t.Errorf("exit code %d, stdout %q, became %q", exit, m.stdout.String(), m.became)
	}
}

func TestHatstandIsFound(t *testing.T) {
	const name = "hatstand"
	small := exe("hatstand-credential-process")
	t.Run("beside the link, before beside the file", func(t *testing.T) {
		m := newMachine(t)
		m.program = m.link(m.program, "links/"+small)
		beside := m.write("links/"+exe(name), "", 0o700)
		m.wantHandOver(beside, "prod")
	})
	t.Run("beside the file that a link leads to", func(t *testing.T) {
		m := newMachine(t)
		m.program = m.link(m.program, "links/"+small)
		m.wantHandOver(filepath.Join(m.bin, exe(name)), "prod")
	})
	t.Run("started by its name alone", func(t *testing.T) {
		m := newMachine(t)
		t.Setenv("PATH", m.bin)
		m.program = "hatstand-credential-process"
		m.wantHandOver(filepath.Join(m.bin, exe(name)), "prod")
	})
	t.Run("on PATH, where none is beside it", func(t *testing.T) {
		m := newMachine(t)
		if err := os.Remove(filepath.Join(m.bin, exe(name))); err != nil {
			t.Fatal(err)
		}
		path := m.write("elsewhere/"+exe(name), "", 0o700)
		t.Setenv("PATH", filepath.Dir(path))
		m.wantHandOver(path, "prod")
	})
	fails := func(t *testing.T, m *machine, reason string) {
		t.Helper()
		exit := m.run("prod")
		want := "hatstand: error: " + reason + "\nhatstand: hint: install both programs into one folder: go install ./cmd/...\n"
		if exit != 1 || m.became != nil || m.stdout.Len() > 0 || m.stderr.String() != want {
			t.Errorf("exit code %d, became %q, stdout %q\nstderr %s\nwant   %s", exit, m.became, m.stdout.String(), m.stderr.String(), want)
		}
	}
	t.Run("nowhere", func(t *testing.T) {
		m := newMachine(t)
		if err := os.Remove(filepath.Join(m.bin, exe(name))); err != nil {
			t.Fatal(err)
		}
		fails(t, m, "the program hatstand is neither beside hatstand-credential-process, in "+m.bin+", nor on PATH")
	})
	t.Run("a link to the small program is not it", func(t *testing.T) {
		m := newMachine(t)
		if err := os.Remove(filepath.Join(m.bin, exe(name))); err != nil {
			t.Fatal(err)
		}
		m.link(m.program, "bin/"+exe(name))
		fails(t, m, "the program hatstand is neither beside hatstand-credential-process, in "+m.bin+", nor on PATH")
	})
	t.Run("a copy under its name does not start itself", func(t *testing.T) {
		m := newMachine(t)
		m.program = filepath.Join(m.bin, exe(name))
		fails(t, m, m.program+" is hatstand-credential-process under another program's name")
	})
}
