//go:build linux

package main

import (
	"bytes"
	"context"
	"debug/pe"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/term"

	"hatstand/credproc/awstest"
)

// A windows is an installation of Wine, and the programs as they are built for Windows. Its Credential Manager is one
// for all machines.
type windows struct {
	drive    string // C:
	env      []string
	machines int
	ctx      context.Context // ends what hangs
}

// newWindows makes one, which needs no display, and ends it with the test.
func newWindows(t *testing.T) *windows {
	t.Helper()
	for _, name := range []string{"wine", "wineserver"} {
		if _, err := exec.LookPath(name); err != nil {
			missingPart(t, "wine wine64")
		}
	}
	dir := t.TempDir()
	prefix := filepath.Join(dir, "prefix")
	w := &windows{
		drive: filepath.Join(prefix, "drive_c"),
		// Wine's own Mono and Gecko are asked for in a window.
		env: []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TERM=xterm",
			"AWS_EC2_METADATA_DISABLED=true", "WINEPREFIX=" + prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree=;mshtml="},
	}
	// What these start goes on, and would keep a pipe open.
	start := func(name string, args ...string) {
		ctx, cancel := context.WithTimeout(context.Background(), patient)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Env = w.env
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
		}
	}
	if err := os.Mkdir(prefix, 0o700); err != nil {
		t.Fatal(err)
	}
	// It stays between the programs, so that they need not wait for the start of Windows' services, and goes a minute
	// after the last when this test is killed.
	start("wineserver", "--persistent=60")
	t.Cleanup(func() {
		start("wineserver", "--kill")
		start("wineserver", "--wait")
	})
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	w.ctx = ctx
	t.Cleanup(cancel)
	// The programs of Windows end with their server, those too that a program has started and left.
	stop := context.AfterFunc(ctx, func() {
		cmd := exec.Command("wineserver", "--kill")
		cmd.Env = w.env
		_ = cmd.Run()
	})
	t.Cleanup(func() { stop() })
	start("wine", "wineboot", "--init")
	dll := filepath.Join(w.drive, "windows", "system32", "bcryptprimitives.dll")
	random := forwardingDLL("bcryptprimitives.dll", "ProcessPrng", "ADVAPI32.SystemFunction036")
	if err := os.WriteFile(dll, random, 0o600); err != nil {
		t.Fatal(err)
	}
	for folder, sources := range map[string][]string{
		programs: {".", "../hatstand-credential-process"},
		tools:    {"./testdata/programs/onwindows", "./testdata/programs/gosdk"},
	} {
		args := append([]string{"build", "-trimpath", "-o", w.unix(folder) + "/"}, sources...)
		build := exec.CommandContext(ctx, "go", args...)
		build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return w
}

const (
	programs = `C:\Program Files\hät stand` // a blank, and a letter that ASCII lacks
	tools    = `C:\tools`

	tokenLength = 6000 // of a session token: more than two items of the Credential Manager hold
)

// unix is where a path of Windows is.
func (w *windows) unix(path string) string {
	return filepath.Join(w.drive, filepath.FromSlash(strings.ReplaceAll(strings.TrimPrefix(path, "C:"), `\`, "/")))
}

// A machine is one user's folder on it, whose name has a blank and a letter that ASCII lacks, and accounts at an AWS.
type machine struct {
	*windows
	t      *testing.T
	aws    *awstest.Server
	user   *awstest.User
	device *awstest.Device
	base   string // the profile that has keys
	home   string
	config string
}

func (w *windows) machine(t *testing.T) *machine {
	t.Helper()
	server, err := awstest.Start(awstest.Options{TokenLength: tokenLength})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	w.machines++
	m := &machine{windows: w, t: t, aws: server, base: fmt.Sprintf("me-%02d", w.machines)}
	m.home = `C:\users\Älice ` + m.base
	m.config = m.home + `\.aws\config`
	m.user = server.AddUser(home, "alice")
	m.device = m.user.AddMFA("alice-" + m.base)
	for _, dir := range []string{m.home + `\.aws`, m.home + `\AppData\Local`} {
		if err := os.MkdirAll(w.unix(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	config := fmt.Sprintf("[profile %s]\nmfa_serial = %s\n", m.base, m.device.Serial)
	for profile, role := range map[string]string{"prod": "Admin", "reader": "Reader"} {
		arn := "arn:aws:iam::" + work + ":role/" + role
		server.AddRole(arn, awstest.Role{Trust: []awstest.Trust{{Principal: m.user.ARN, RequireMFA: true}}})
		config += fmt.Sprintf("\n[profile %s]\nregion = eu-west-1\nrole_arn = %s\nsource_profile = %s\n",
			profile, arn, m.base)
	}
	m.write(m.config, config)
	return m
}

// addKeys stores keys of alice's, as the machine's user would.
func (m *machine) addKeys() awstest.Key {
	m.t.Helper()
	key := m.user.AddKey()
	env := []string{"AWS_ACCESS_KEY_ID=" + key.ID, "AWS_SECRET_ACCESS_KEY=" + key.Secret}
	m.prepare("", env, "keys", "add", m.base, "--from-env")
	return key
}

// addSeed leaves nothing to ask a person.
func (m *machine) addSeed() {
	m.t.Helper()
	m.prepare(m.device.Seed, nil, "mfa", "add", m.base, "--from-stdin")
}

func (m *machine) prepare(stdin string, env []string, args ...string) {
	m.t.Helper()
	cmd := m.command(append([]string{"hatstand.exe"}, args...)...)
	cmd.Stdin, cmd.Env = strings.NewReader(stdin), append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%q: %v: %s", args, err, out)
	}
	m.aws.Reset()
}

// command is a program on the machine, not started yet: its path, or the name of one of ours.
func (m *machine) command(args ...string) *exec.Cmd {
	program := args[0]
	if !strings.Contains(program, `\`) {
		program = programs + `\` + program
	}
	// Wine says itself where a user's folders are.
	cmd := exec.CommandContext(m.ctx, "wine", append([]string{m.unix(tools + `\onwindows.exe`), "with",
		"USERPROFILE=" + m.home, "LOCALAPPDATA=" + m.home + `\AppData\Local`,
		`PROGRAM=` + programs + `\hatstand.exe`, program}, args[1:]...)...)
	cmd.Env = append(m.env, "AWS_ENDPOINT_URL_STS="+m.aws.URL, "AWS_ENDPOINT_URL_IAM="+m.aws.URL)
	cmd.Dir = m.unix(m.home)
	cmd.WaitDelay = 10 * time.Second // whoever holds its pipes when it was ended
	return cmd
}

// onConsole starts a program on a console: Wine makes one of a terminal.
func (m *machine) onConsole(args ...string) *realRun {
	m.t.Helper()
	cmd := m.command(args...)
	p := (&realWorld{t: m.t, env: cmd.Env}).run(cmd.Args...)
	p.cmd.Dir = cmd.Dir
	p.onTerminal()
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = p.slave, p.slave, p.slave
	p.start()
	return p
}

// answer types a line at a prompt. Wine shows a prompt before it takes the terminal out of its line mode: whoever types in
// between would have Enter turned into Ctrl-J by the kernel, which ends no line on Wine's console.
func (m *machine) answer(p *realRun, line string) {
	m.t.Helper()
	conn, err := p.master.SyscallConn()
	if err != nil {
		m.t.Fatal(err)
	}
	var mode error
	if err := conn.Control(func(fd uintptr) { _, mode = term.MakeRaw(int(fd)) }); err != nil || mode != nil {
		m.t.Fatal(err, mode)
	}
	p.types(line)
}

// saw holds AWS to these calls since it was asked last.
func (m *machine) saw(want map[string]int) {
	m.t.Helper()
	(&realWorld{aws: m.aws}).saw(m.t, want)
	m.aws.Reset()
}

// files are all in the user's folder.
func (m *machine) files() (all []string) {
	m.t.Helper()
	err := filepath.WalkDir(m.unix(m.home), func(path string, _ os.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

// forwardingDLL is a DLL for 64-bit x86 with one function, which is another DLL's. The linker of MinGW would make the
// same, but it is not small.
func forwardingDLL(name, function, target string) []byte {
	const (
		page  = 0x1000
		block = 0x200
		table = page + 40 // behind the directory
	)
	at := func(before ...string) uint32 {
		return table + 10 + uint32(len(strings.Join(before, "\x00"))+min(len(before), 1))
	}
	var exports, dll bytes.Buffer
	write := func(b *bytes.Buffer, values ...any) {
		for _, v := range values {
			if err := binary.Write(b, binary.LittleEndian, v); err != nil {
				panic(err)
			}
		}
	}
	// IMAGE_EXPORT_DIRECTORY: where the name is, ordinals from 1, one function with one name; then the three tables.
	write(&exports, [3]uint32{}, at(target, function), [3]uint32{1, 1, 1}, [3]uint32{table, table + 4, table + 8})
	write(&exports, at(), at(target), uint16(0), []byte(target+"\x00"+function+"\x00"+name+"\x00"))

	optional := pe.OptionalHeader64{
		Magic: 0x20b, ImageBase: 0x180000000, SectionAlignment: page, FileAlignment: block,
		MajorOperatingSystemVersion: 6, MajorSubsystemVersion: 6, Subsystem: pe.IMAGE_SUBSYSTEM_WINDOWS_CUI,
		SizeOfInitializedData: block, SizeOfImage: 2 * page, SizeOfHeaders: block,
		DllCharacteristics:  pe.IMAGE_DLLCHARACTERISTICS_NX_COMPAT | pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE,
		NumberOfRvaAndSizes: 16,
	}
	optional.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_EXPORT] = pe.DataDirectory{
		VirtualAddress: page, Size: uint32(exports.Len()),
	}
	mz := [64]byte{0: 'M', 1: 'Z', 60: 64}
	write(&dll, mz, []byte("PE\x00\x00"), pe.FileHeader{
		Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: 1, SizeOfOptionalHeader: uint16(binary.Size(optional)),
		Characteristics: pe.IMAGE_FILE_EXECUTABLE_IMAGE | pe.IMAGE_FILE_LARGE_ADDRESS_AWARE | pe.IMAGE_FILE_DLL,
	}, optional, pe.SectionHeader32{
		Name: [8]uint8{'.', 'r', 'd', 'a', 't', 'a'}, VirtualSize: uint32(exports.Len()), VirtualAddress: page,
		SizeOfRawData: block, PointerToRawData: block,
		Characteristics: pe.IMAGE_SCN_CNT_INITIALIZED_DATA | pe.IMAGE_SCN_MEM_READ,
	})
	dll.Write(make([]byte, block-dll.Len()))
	dll.Write(exports.Bytes())
	dll.Write(make([]byte, 2*block-dll.Len()))
	return dll.Bytes()
}
