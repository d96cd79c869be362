_hat() {
  \local cword
  \local -a words
  COMPREPLY=()
  __hatstand_words
  __hatstand_reply @HATSTAND@ hat sh "${words[@]:1:cword}"
}
\complete -F _hat hat
