package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// canonicalRequest is the request as Signature Version 4 signs it, made from what
// came over the wire rather than from what was read out of it.
func canonicalRequest(r *http.Request, s *Signature, body []byte) string {
	return canonical(r, s, canonicalPath, hexSHA256(body))
}

// canonical has the two ways of services: what they make of the path, and what stands for the body.
func canonical(r *http.Request, s *Signature, pathOf func(string) string, bodyHash string) string {
	var headers strings.Builder
	for _, name := range s.headers {
		headers.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	path, query, _ := strings.Cut(requestTarget(r), "?")
	return strings.Join([]string{
		r.Method, pathOf(path), canonicalQuery(query),
		headers.String(), strings.Join(s.headers, ";"), bodyHash,
	}, "\n")
}

// requestTarget is the path and query as they came over the wire.
func requestTarget(r *http.Request) string {
	if r.RequestURI != "" && strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := slices.Clone(r.Header.Values(name))
	for i, v := range values {
		values[i] = strings.Trim(v, " \t")
		for strings.Contains(values[i], "  ") { // spaces only: a tab inside stays
			values[i] = strings.ReplaceAll(values[i], "  ", " ")
		}
	}
	return strings.Join(values, ",")
}

// canonicalPath removes dot segments and repeated slashes, and encodes what came
// over the wire once more: every service but S3 encodes twice in all.
func canonicalPath(path string) string {
	var out []string
	for seg := range strings.SplitSeq(path, "/") {
		switch seg {
		case "", ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, uriEncode(seg))
		}
	}
	clean := "/" + strings.Join(out, "/")
	if len(out) > 0 && strings.HasSuffix(path, "/") {
		clean += "/"
	}
	return clean
}

// s3Path encodes each part of a path once: for S3 a key may have dots and repeated slashes.
func s3Path(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if u, err := url.PathUnescape(p); err == nil {
			p = u
		}
		parts[i] = uriEncode(p)
	}
	return strings.Join(parts, "/")
}

// canonicalQuery sorts by encoded name, then encoded value, and leaves out the
// signature itself.
func canonicalQuery(raw string) string {
	type pair struct{ k, v string }
	var pairs []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		k, v = unescape(k), unescape(v)
		if k == "X-Amz-Signature" {
			continue
		}
		pairs = append(pairs, pair{uriEncode(k), uriEncode(v)})
	}
	sort.Slice(pairs, func(i, j int) bool {
		if pairs[i].k != pairs[j].k {
			return pairs[i].k < pairs[j].k
		}
		return pairs[i].v < pairs[j].v
	})
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.k + "=" + p.v)
	}
	return b.String()
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// uriEncode leaves only RFC 3986's unreserved characters as they are.
func uriEncode(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}
