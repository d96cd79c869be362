package peer

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// playNamespace makes the test program a server in a user namespace that knows no user.
const playNamespace = "HATSTAND_PEER_TEST_NAMESPACE"

func beInNamespace() {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(ln.Addr(), os.Geteuid())
	c, err := ln.Accept()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(Check(c))
}

// In a user namespace without a map this process and every user outside look alike: as the overflow uid.
func TestAUserThatTheNamespaceDoesNotKnowIsNotOurs(t *testing.T) {
	cmd := again(t, os.Getuid(), playNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("no user namespaces here: %v", err)
	}
	defer cmd.Wait()
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, uid, _ := strings.Cut(strings.TrimSpace(first), " ")
	c, err := net.Dial("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answer, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	if want := "a connection of another user (uid " + uid + ")\n"; string(answer) != want {
		t.Errorf("want %q, got %q", want, answer)
	}
}

func TestWhichNamespacesKnowEveryUser(t *testing.T) {
	for text, want := range map[string]bool{
		"         0          0 4294967295\n": true,
		"":                                   false,
		"0 1000 1\n":                         false,
		"0 1000 1\n1 100000 65536\n":         false,
		"0 100000 4294967295\n":              false,
		"0 0 65536\n":                        false,
	} {
		if got := mapsEveryUser(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
