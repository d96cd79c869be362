package peer

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

const (
	client4, server4 = "127.0.0.1:40000", "127.0.0.1:8080"

	heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	// A client of user 1000 on port 0x9C40 and its server, of user 33, on 0x1F90; both ways round.
	clients = "   0: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 3392980 2 00000000e2f5a354 20 0 0 10 -1\n"
	servers = "   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000    33        0 3392981 1 00000000376d86b7 20 0 0 10 -1\n"
)

func ends(local, remote string) (l, r netip.AddrPort) {
	return netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)
}

func TestOwner(t *testing.T) {
	for _, tt := range []struct {
		name, table   string
		local, remote string
		order         binary.ByteOrder
		uid           uint32
		err           string
	}{
		{"the client's end", heading + servers + clients, client4, server4, binary.LittleEndian, 1000, ""},
		{"the other end is another socket", heading + servers + clients, server4, client4, binary.LittleEndian, 33, ""},
		{"the server's own end is never the client's", heading + servers, client4, server4, binary.LittleEndian, 0, "no such socket"},
		{"another port", heading + clients, "127.0.0.1:40001", server4, binary.LittleEndian, 0, "no such socket"},
		{"another server of the same client's port", heading + clients, client4, "127.0.0.1:8081", binary.LittleEndian, 0, "no such socket"},
		{"another address", heading + clients, "127.0.0.2:40000", server4, binary.LittleEndian, 0, "no such socket"},
		{"no rows", heading, client4, server4, binary.LittleEndian, 0, "no such socket"},
		{"an empty table", "", client4, server4, binary.LittleEndian, 0, "no such socket"},
		{"a big-endian machine", strings.ReplaceAll(clients, "0100007F", "7F000001"), client4, server4, binary.BigEndian, 1000, ""},
		{"the order of bytes matters", clients, client4, server4, binary.BigEndian, 0, "no such socket"},
		{"half closed", strings.Replace(clients, " 01 ", " 05 ", 1), client4, server4, binary.LittleEndian, 1000, ""},
		{"closed: user 0, no inode", "0: 0100007F:9C40 0100007F:1F90 05 00000000:00000000 03:00001770 00000000     0        0 0 3 000000002c1a0bd7\n", client4, server4, binary.LittleEndian, 0, "no such socket"},
		{"waiting for stray packets", strings.Replace(clients, " 01 ", " 06 ", 1), client4, server4, binary.LittleEndian, 0, "no such socket"},
		{"not connected yet", strings.Replace(clients, " 01 ", " 02 ", 1), client4, server4, binary.LittleEndian, 0, "no such socket"},
		{"the same row twice", clients + clients, client4, server4, binary.LittleEndian, 1000, ""},
		{"two users", clients + strings.Replace(clients, "1000 ", "1001 ", 1), client4, server4, binary.LittleEndian, 0, "the table names two users"},
		{"the largest user ID", strings.Replace(clients, "  1000 ", " 4294967295 ", 1), client4, server4, binary.LittleEndian, 4294967295, ""},
		{"a user ID that is none", strings.Replace(clients, "  1000 ", " 4294967296 ", 1), client4, server4, binary.LittleEndian, 0, "no such socket"},
		{"a row that is cut off", clients[:80], client4, server4, binary.LittleEndian, 0, "no such socket"},
		{"IPv6", "0: 00000000000000000000000001000000:9C40 00000000000000000000000001000000:1F90 01 0:0 00:0 0 1000 0 77 1 0\n",
			"[::1]:40000", "[::1]:8080", binary.LittleEndian, 1000, ""},
		{"IPv4 over an IPv6 socket", "0: 0000000000000000FFFF00000100007F:9C40 0000000000000000FFFF00000100007F:1F90 01 0:0 00:0 0 1000 0 77 1 0\n",
			client4, server4, binary.LittleEndian, 1000, ""},
		{"and seen so by the server", clients, "[::ffff:127.0.0.1]:40000", "[::ffff:127.0.0.1]:8080", binary.LittleEndian, 1000, ""},
		{"a zone", "0: 000080FE000000000000000001000000:9C40 000080FE000000000000000001000000:1F90 01 0:0 00:0 0 1000 0 77 1 0\n",
			"[fe80::1%lo]:40000", "[fe80::1%lo]:8080", binary.LittleEndian, 1000, ""},
		{"a line without end", strings.Repeat("x", 1<<20), client4, server4, binary.LittleEndian, 0, "bufio.Scanner: token too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			local, remote := ends(tt.local, tt.remote)
			uid, err := owner(strings.NewReader(tt.table), local, remote, tt.order)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if uid != tt.uid || text != tt.err {
				t.Errorf("want %d %q, got %d %q", tt.uid, tt.err, uid, text)
			}
		})
	}
}

// Whatever a table holds besides, the row that is there is found, and no row is made up.
func FuzzOwner(f *testing.F) {
	f.Add(heading, servers)
	f.Add(clients, "\n")
	f.Add("0: :0 :0 01 0 0 0 0 0 1\n", "0: 0100007F:9C40")
	local, remote := ends("127.0.0.1:40000", "127.0.0.1:8080")
	f.Fuzz(func(t *testing.T, before, after string) {
		if before != "" && !strings.HasSuffix(before, "\n") {
			before += "\n"
		}
		uid, err := owner(strings.NewReader(before+after), local, remote, binary.LittleEndian)
		if err == nil && !strings.Contains(strings.ToUpper(before+after), "0100007F:9C40") && !strings.Contains(strings.ToUpper(before+after), "FFFF00000100007F:9C40") {
			t.Errorf("user %d from nothing", uid)
		}
		with, errWith := owner(strings.NewReader(before+clients+after), local, remote, binary.LittleEndian)
		switch {
		case err == nil && uid == 1000, errors.Is(err, errNoRow):
			if errWith != nil || with != 1000 {
				t.Errorf("the row that is there: %d, %v", with, errWith)
			}
		case errWith == nil:
			t.Errorf("%v without the row, %d with it", err, with)
		}
	})
}
