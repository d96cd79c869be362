// Release makes what .goreleaser.yaml describes, without GoReleaser: both programs for the systems that are asked for,
// archives, bills of materials, packages and checksums. It knows the keys of that file that are used there, and refuses
// any other, so that the file and what is tested here stay the same. GoReleaser has it make of the archives what it does
// not make itself: bills of materials, an image for containers, and the manifests of package managers.
//
//	go run -C scripts/release . [-version 1.2.3] [-targets linux_amd64,...] [-dist DIR] [-address URL]
//	go run -C scripts/release . -rest         the image and the manifests alone, for GoReleaser
//	go run -C scripts/release . -sbom FILE    the bill of materials of an archive alone, for GoReleaser
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"
)

// A config is .goreleaser.yaml, as far as this program follows it. What only the public workflow does is in keys that it
// leaves alone.
type config struct {
	Version     int
	ProjectName string `yaml:"project_name"`
	Before      struct{ Hooks []string }
	Builds      []build
	Archives    []archive
	Checksum    struct {
		NameTemplate string `yaml:"name_template"`
	}
	Nfpms     []yaml.Node
	Sboms     []document
	Signs     []yaml.Node
	Changelog yaml.Node
	Snapshot  struct {
		VersionTemplate string `yaml:"version_template"`
	}
}

type build struct {
	ID, Main, Binary string
	Env              []string
	Flags, Ldflags   []string
	ModTimestamp     string `yaml:"mod_timestamp"`
	Targets          []string
}

// A release is one run.
type release struct {
	config  config
	root    string
	dist    string
	address string // where the project is
	version string
	commit  string
	date    time.Time
	made    []string // files for the checksums
}

// A target is a system: its name is GoReleaser's, such as linux_arm_7.
type target struct{ name, goos, goarch, goarm string }

func targetOf(name string) target {
	parts := append(strings.Split(name, "_"), "", "")
	return target{name, parts[0], parts[1], parts[2]}
}

// options are those of the command line.
type options struct {
	version, targets, dist, address, sbom string
	rest                                  bool
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("release", flag.ContinueOnError)
	f.StringVar(&o.version, "version", "0.0.0-next", "of the release, without a v")
	f.StringVar(&o.targets, "targets", "", "only these, with commas between them")
	f.StringVar(&o.dist, "dist", "dist", "the folder for what is made")
	f.StringVar(&o.address, "address", "", "where the project's releases are (default: the module's path)")
	f.BoolVar(&o.rest, "rest", false, "make the image and the manifests alone, of the archives in the folder")
	f.StringVar(&o.sbom, "sbom", "", "make the bill of materials of this archive in the folder alone")
	return o, f.Parse(args)
}

func main() {
	o, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2)
	}
	r, err := newRelease(o.version, o.dist, o.address)
	if err == nil {
		err = r.run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func (r *release) run(o options) error {
	switch {
	case o.sbom != "":
		return r.sbom(o.sbom)
	case o.rest:
		return r.rest()
	}
	return r.all(o.targets)
}

func newRelease(version, dist, address string) (*release, error) {
	root, err := output(".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(dist) {
		dist = filepath.Join(root, dist)
	}
	if address == "" {
		module, err := output(root, "go", "list", "-m")
		if err != nil {
			return nil, err
		}
		if !strings.Contains(module, ".") {
			module += ".example" // a name that leads nowhere
		}
		address = "https://" + module
	}
	r := &release{root: root, dist: dist, version: version, address: address}
	if err := r.read(); err != nil {
		return nil, err
	}
	if r.commit, err = output(root, "git", "rev-parse", "HEAD"); err != nil {
		return nil, err
	}
	stamp, err := output(root, "git", "log", "-1", "--format=%cI")
	if err != nil {
		return nil, err
	}
	if r.date, err = time.Parse(time.RFC3339, stamp); err != nil {
		return nil, err
	}
	r.date = r.date.UTC()
	return r, os.MkdirAll(dist, 0o755)
}

func (r *release) all(targets string) error {
	for _, hook := range r.config.Before.Hooks {
		words := strings.Fields(hook)
		if _, err := output(r.root, words[0], words[1:]...); err != nil {
			return err
		}
	}
	for _, name := range r.config.Builds[0].Targets {
		if targets != "" && !slices.Contains(strings.Split(targets, ","), name) {
			continue
		}
		if err := r.target(targetOf(name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := r.documents("any", ""); err != nil {
		return err
	}
	return r.checksums()
}

// rest makes what is made of archives. Each file must be one that GoReleaser is told of: it releases no other.
func (r *release) rest() error {
	before := len(r.made)
	if err := r.image(); err != nil {
		return err
	}
	if err := r.manifests(); err != nil {
		return err
	}
	for _, name := range r.made[before:] {
		if err := r.announced(name); err != nil {
			return err
		}
	}
	return nil
}

// download is where a file of the release will be.
func (r *release) download(file string) string {
	return fmt.Sprintf("%s/releases/download/v%s/%s", r.address, r.version, file)
}

func (r *release) read() error {
	b, err := os.ReadFile(filepath.Join(r.root, ".goreleaser.yaml"))
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&r.config); err != nil {
		return fmt.Errorf(".goreleaser.yaml: %w", err)
	}
	if len(r.config.Builds) == 0 {
		return fmt.Errorf(".goreleaser.yaml: no builds")
	}
	return nil
}

// target builds the programs for a system, and what has them.
func (r *release) target(t target) error {
	var programs []string
	for _, b := range r.config.Builds {
		path, err := r.build(b, t)
		if err != nil {
			return err
		}
		programs = append(programs, path)
	}
	for _, a := range r.config.Archives {
		if err := r.archive(a, t, programs); err != nil {
			return err
		}
	}
	if t.goos != "linux" {
		return nil
	}
	for i := range r.config.Nfpms {
		if err := r.packages(&r.config.Nfpms[i], t, programs); err != nil {
			return err
		}
	}
	return nil
}

// expand fills in a template of GoReleaser's.
func (r *release) expand(text string, t target) (string, error) {
	// What the public workflow alone sets is an option here.
	functions := template.FuncMap{"envOrDefault": func(_, text string) string { return text }}
	parsed, err := template.New("").Funcs(functions).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = parsed.Execute(&b, map[string]any{
		"ProjectName": r.config.ProjectName, "Version": r.version, "FullCommit": r.commit,
		"CommitDate": r.date.Format(time.RFC3339), "CommitTimestamp": fmt.Sprint(r.date.Unix()),
		"Os": t.goos, "Arch": t.goarch, "Arm": t.goarm, "Runtime": map[string]string{"Goos": runtime.GOOS},
	})
	return b.String(), err
}

func (r *release) build(b build, t target) (string, error) {
	out := filepath.Join(r.dist, b.ID+"_"+t.name, b.Binary)
	if t.goos == "windows" {
		out += ".exe"
	}
	args := append([]string{"build", "-o", out}, b.Flags...)
	ldflags, err := r.expand(strings.Join(b.Ldflags, " "), t)
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", append(args, "-ldflags="+ldflags, b.Main)...)
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "GOOS="+t.goos, "GOARCH="+t.goarch, "GOARM="+t.goarm)
	for _, e := range b.Env {
		if e, err = r.expand(e, t); err != nil {
			return "", err
		}
		cmd.Env = append(cmd.Env, e)
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", b.Main, err, text)
	}
	return out, os.Chtimes(out, r.date, r.date)
}

func output(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// write makes a file of the release.
func (r *release) write(name string, fill func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(r.dist, name))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := fill(f); err != nil {
		return err
	}
	r.made = append(r.made, name)
	return f.Close()
}
