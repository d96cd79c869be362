package credproc

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"

	"hatstand/profiles"
)

// named gives each step its item. The hash covers all that STS sees, from the base's identity on, so
// that editing any such setting makes another item; a default session name and the CA bundle are not
// among them.
func (p Plan) named() Plan {
	h := fields{sha256.New()}
	h.put("hatstand 1", p.Base.Identity())
	for i := range p.Steps {
		s := &p.Steps[i]
		h.put(string(s.Call), s.Region, s.Endpoint.URL, flags(s.Endpoint), s.Serial,
			strconv.Itoa(int(s.Duration.Seconds())))
		if s.Call == AssumeRole {
			r := s.Role
			h.put(r.ARN, r.ExternalID, r.SessionName, r.SourceIdentity, r.Policy)
			h.list(r.PolicyARNs)
			h.list(r.TransitiveTags)
			h.count(len(r.Tags))
			for _, t := range r.Tags {
				h.put(t.Key, t.Value)
			}
		}
		s.Item = Item{Base: p.Base.Profile, Hash: hex.EncodeToString(h.Sum(nil)[:16])}
	}
	return p
}

// or joins two plans of which one is followed, when the base's answer is known. A role's item covers the settings of
// both.
func (p Plan) or(long Plan) Plan {
	for i := 1; i <= len(p.Steps); i++ {
		temporary, lasting := &p.Steps[len(p.Steps)-i].Item, &long.Steps[len(long.Steps)-i].Item
		h := fields{sha256.New()}
		h.put("hatstand either", temporary.Hash, lasting.Hash)
		temporary.Hash = hex.EncodeToString(h.Sum(nil)[:16])
		lasting.Hash = temporary.Hash
	}
	p.LongLived = &long
	return p
}

func flags(e profiles.Endpoint) string {
	b := []byte("---")
	for i, on := range []bool{e.FIPS, e.DualStack, e.Legacy} {
		if on {
			b[i] = 'x'
		}
	}
	return string(b)
}

// fields hashes strings with their lengths before them, so that no two lists of fields look alike.
type fields struct{ hash.Hash }

func (f fields) put(ss ...string) {
	for _, s := range ss {
		f.count(len(s))
		f.Write([]byte(s))
	}
}

func (f fields) list(ss []string) {
	f.count(len(ss))
	f.put(ss...)
}

func (f fields) count(n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	f.Write(b[:])
}
