package peer

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	// The same client as in the table's tests, as a little-endian kernel answers.
	head     = "58000000" + "1400" + "0000" + "01000000" + "39300000"
	states   = "02" + "01" + "00" + "00"
	port     = "9c40" + "1f90"
	ends4    = "7f000001" + "000000000000000000000000" + "7f000001" + "000000000000000000000000"
	cookie   = "00000000" + "0102030405060708"
	counts   = "00000000" + "00000000" + "00000000"
	uid1000  = "e8030000"
	inode    = "84c53300"
	response = head + states + port + ends4 + cookie + counts + uid1000 + inode
)

func TestAnswer(t *testing.T) {
	with := func(what, by string) string { return strings.Replace(response, what, by, 1) }
	for _, tt := range []struct {
		name, bytes   string
		local, remote string
		uid           uint32
		err           string
	}{
		{"the client's socket", response, client4, server4, 1000, ""},
		{"attributes after it", with("58000000", "60000000") + "0800080000000000", client4, server4, 1000, ""},
		{"another message after it", response + response, client4, server4, 1000, ""},
		{"the socket with the ends the other way round", response, server4, client4, 0, "no such socket"},
		{"another port", response, "127.0.0.1:40001", server4, 0, "no such socket"},
		{"another address", response, "127.0.0.2:40000", server4, 0, "no such socket"},
		{"another server", response, client4, "127.0.0.1:8081", 0, "no such socket"},
		{"half closed by the client", with(states, "02050000"), client4, server4, 1000, ""},
		{"half closed by the server", with(states, "02080000"), client4, server4, 1000, ""},
		{"closed: no inode", with(inode, "00000000"), client4, server4, 0, "no such socket"},
		{"waiting for stray packets", with(states, "02060000"), client4, server4, 0, "no such socket"},
		{"not connected yet", with(states, "02020000"), client4, server4, 0, "no such socket"},
		{"a listener of the client's port", with(states, "020a0000"), client4, server4, 0, "no such socket"},
		{"a listener whose other end is said to be none", strings.Replace(with(states, "020a0000"), port, "9c400000", 1), client4, server4, 0, "no such socket"},
		{"the largest user ID", with(uid1000, "ffffffff"), client4, server4, 4294967295, ""},
		{"IPv6", strings.Replace(with(ends4, strings.Repeat("00", 15)+"01"+strings.Repeat("00", 15)+"01"), states, "0a010000", 1), "[::1]:40000", "[::1]:8080", 1000, ""},
		{"IPv4 over an IPv6 socket", strings.Replace(with(ends4, strings.Repeat(strings.Repeat("00", 10)+"ffff7f000001", 2)), states, "0a010000", 1), client4, server4, 1000, ""},
		{"and seen so by the server", response, "[::ffff:127.0.0.1]:40000", "[::ffff:127.0.0.1]:8080", 1000, ""},
		{"no such socket, or no module for TCP", "24000000" + "0200" + "0000" + "01000000" + "39300000" + "feffffff" + strings.Repeat("00", 16), client4, server4, 0, "no such socket"},
		{"not allowed", "14000000" + "0200" + "0000" + "01000000" + "39300000" + "ffffffff", client4, server4, 0, "the kernel's answer: operation not permitted"},
		{"an error without its number", "10000000" + "0200" + "0000" + "01000000" + "39300000" + "ffffffff", client4, server4, 0, "an answer of kind 2"},
		{"the end of a list", "14000000" + "0300" + "0000" + "01000000" + "39300000" + "00000000", client4, server4, 0, "an answer of kind 3"},
		{"another family", with(states, "01010000"), client4, server4, 0, "no such socket"},
		{"the answer to another question", strings.Replace(response, "000001000000", "000002000000", 1), client4, server4, 0, "an answer to another question"},
		{"nothing", "", client4, server4, 0, "an answer that is cut off"},
		{"less than a head", head[:30], client4, server4, 0, "an answer that is cut off"},
		{"less than it says", response[:len(response)-2], client4, server4, 0, "an answer that is cut off"},
		{"less than there must be", with("58000000", "57000000"), client4, server4, 0, "an answer that is cut off"},
		{"of no length", with("58000000", "00000000"), client4, server4, 0, "an answer that is cut off"},
		{"of a length past counting", with("58000000", "ffffffff"), client4, server4, 0, "an answer that is cut off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := hex.DecodeString(tt.bytes)
			if err != nil {
				t.Fatal(err)
			}
			local, remote := ends(tt.local, tt.remote)
			uid, err := answer(b, local, remote, binary.LittleEndian)
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

func TestQuestion(t *testing.T) {
	const rest = "00000000" + "ffffffffffffffff"
	for _, tt := range []struct {
		name, local, remote string
		order               binary.ByteOrder
		want                string
	}{
		{"IPv4", client4, server4, binary.LittleEndian, "48000000" + "1400" + "0100" + "01000000" + "00000000" + "02060000" + "ffffffff" + port + ends4 + rest},
		{"a big-endian machine", client4, server4, binary.BigEndian, "00000048" + "0014" + "0001" + "00000001" + "00000000" + "02060000" + "ffffffff" + port + ends4 + rest},
		{"IPv4 in IPv6's clothes", "[::ffff:127.0.0.1]:40000", "[::ffff:127.0.0.1]:8080", binary.LittleEndian, "48000000" + "1400" + "0100" + "01000000" + "00000000" + "02060000" + "ffffffff" + port + ends4 + rest},
		{"IPv6", "[::1]:40000", "[fe80::1%lo]:8080", binary.LittleEndian, "48000000" + "1400" + "0100" + "01000000" + "00000000" + "0a060000" + "ffffffff" + port +
			"00000000000000000000000000000001" + "fe800000000000000000000000000001" + rest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			local, remote := ends(tt.local, tt.remote)
			if got := hex.EncodeToString(question(local, remote, tt.order)); got != tt.want {
				t.Errorf("want %s\ngot  %s", tt.want, got)
			}
		})
	}
}

// Whatever comes, no user is made up: who is told stands there, in an open socket between those ends.
func FuzzAnswer(f *testing.F) {
	whole, err := hex.DecodeString(response)
	if err != nil {
		f.Fatal(err)
	}
	for _, change := range []struct {
		at int
		to byte
	}{{0, 0x58}, {0, 0x10}, {0, 0xff}, {4, unix.NLMSG_ERROR}, {8, 2}, {headLength, unix.AF_INET6}, {headLength, 0xff}, {headLength + 1, 10}, {headLength + 1, 5}, {84, 0}, {87, 0xff}} {
		b := slices.Clone(whole)
		b[change.at] = change.to
		f.Add(b, change.to%2 == 0)
	}
	f.Add(whole[:headLength], true)
	local, remote := ends(client4, server4)
	f.Fuzz(func(t *testing.T, b []byte, little bool) {
		order := binary.ByteOrder(binary.BigEndian)
		if little {
			order = binary.LittleEndian
		}
		uid, err := answer(b, local, remote, order)
		if err != nil {
			if uid != 0 {
				t.Errorf("user %d beside %v", uid, err)
			}
			return
		}
		if len(b) < 88 || order.Uint16(b[4:]) != unix.SOCK_DIAG_BY_FAMILY || order.Uint32(b[80:]) != uid || order.Uint32(b[84:]) == 0 ||
			!slices.Contains([]byte{1, 4, 5, 8}, b[17]) || hex.EncodeToString(b[20:24]) != port {
			t.Errorf("user %d from %x", uid, b)
		}
		// Asked for any other socket, the same answer names nobody.
		for _, other := range [][2]netip.AddrPort{{remote, local}, {local, netip.AddrPortFrom(remote.Addr(), 8081)}, {netip.AddrPortFrom(local.Addr().Next(), 40000), remote}} {
			if uid, err := answer(b, other[0], other[1], order); !errors.Is(err, errNoRow) {
				t.Errorf("%v: user %d, %v from %x", other, uid, err, b)
			}
		}
	})
}
