# The words up to the cursor, as they are written: nothing of the line is evaluated. What bash took apart at = and : is
# put together.
__hatstand_words() {
  \local i gap word last rest # their values apart: a quoted builtin splits them
  last='' rest=${COMP_LINE:0:COMP_POINT}
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    gap=${rest%%[![:space:]]*}
    rest=${rest#"$gap"}
    word=${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || word=$rest
    rest=${rest#"$word"}
    if ((i > 0)) && [[ -z $gap && ($word == [=:]* || $last == *[=:]) ]]; then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    last=$word
  done
  cword=$((${#words[@]} - 1))
}

# __hatstand_reply PROGRAM WORDS...: what may stand in the place of the last word.
__hatstand_reply() {
  \local line program directive
  program=$1 directive=''
  \shift
  while IFS= \read -r line; do
    if [[ -z $directive ]]; then
      directive=$line
    else
      COMPREPLY+=("$line")
    fi
  done < <(\command "$program" __words bash "${COMP_TYPE:-0}" "${COLUMNS:-80}" "${COMP_WORDBREAKS-}" "$@" 2>/dev/null)
  if [[ $(\type -t compopt) == builtin ]]; then
    if ((${directive:-0} & 2)); then \compopt -o nospace; fi
    if ((${directive:-0} & 4)); then \compopt +o default; fi
  fi
}

