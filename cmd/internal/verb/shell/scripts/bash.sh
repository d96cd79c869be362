_hat() {
  \local cword
  \local -a words
  COMPREPLY=()
  __hatstand_words
  if [ "$cword" = 1 ]; then __hatstand_reply @HATSTAND@ env "${words[1]}"; fi
}
\complete -F _hat hat
