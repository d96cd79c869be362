package edit

import "strings"

// A weaver makes splices of whole lines out of a new text whose parts are in the old one, in the same order.
type weaver struct {
	before  []byte
	at      int // up to where the old text is dealt with
	text    strings.Builder
	done    int // up to where the new one is
	splices []splice
}

// anchor adds a part that stays as it is, from start to end in the old text.
func (w *weaver) anchor(text string, start, end int) {
	w.upTo(start, w.text.Len())
	w.text.WriteString(text)
	w.at, w.done = end, w.text.Len()
}

// upTo replaces the old text up to there with the new one up to done, less the lines that both begin and end with.
func (w *weaver) upTo(end, done int) {
	old, text := string(w.before[w.at:end]), w.text.String()[w.done:done]
	start := w.at
	for old != "" && text != "" {
		line, rest, _ := strings.Cut(old, "\n")
		other, more, _ := strings.Cut(text, "\n")
		if line != other {
			break
		}
		start += len(line) + 1
		old, text = rest, more
	}
	for old != "" && text != "" {
		line := old[strings.LastIndexByte(old[:len(old)-1], '\n')+1:]
		if other := text[strings.LastIndexByte(text[:len(text)-1], '\n')+1:]; line != other {
			break
		}
		old, text = old[:len(old)-len(line)], text[:len(text)-len(line)]
	}
	if old != text {
		w.splices = append(w.splices, splice{start, start + len(old), text})
	}
	w.at, w.done = end, done
}
