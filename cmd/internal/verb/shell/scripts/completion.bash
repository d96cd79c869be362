__start_hatstand() {
  \local cword
  \local -a words
  COMPREPLY=()
  if __hatstand_command; then \return 0; fi
  __hatstand_words
  if [[ ${words[0]##*/} == hatstand-credential-process ]]; then
    __hatstand_reply hatstand credential-process "${words[@]:1:cword}"
  else
    __hatstand_reply hatstand "${words[@]:1:cword}"
  fi
}
\complete -o default -F __start_hatstand hatstand hatstand-credential-process
