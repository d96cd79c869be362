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

# __hatstand_command completes what follows "hatstand exec PROFILE --" as the command line that it is. It is false where
# the cursor is not there.
__hatstand_command() {
  \local i=2 j line point
  [[ ${COMP_WORDS[1]-} == exec ]] || \return 1
  while ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} != -- ]]; do i=$((i + 1)); done
  ((i < COMP_CWORD)) || \return 1
  i=$((i + 1))
  for line in _comp_command_offset _command_offset; do # of the package bash-completion
    if \declare -F "$line" >/dev/null; then
      "$line" "$i"
      \return 0
    fi
  done
  line=$COMP_LINE
  for ((j = 0; j < i; j++)); do line=${line#*"${COMP_WORDS[j]}"}; done
  line=${line#"${line%%[![:space:]]*}"}
  point=$((COMP_POINT - ${#COMP_LINE} + ${#line}))
  __hatstand_delegate "$line" "$point" "$((COMP_CWORD - i))" "${COMP_WORDS[@]:i}"
}

# __hatstand_delegate LINE POINT CWORD WORDS...: completes a command line by what bash has been told of its command.
__hatstand_delegate() {
  \local COMP_LINE COMP_POINT COMP_CWORD name previous word i again spec function program
  \local -a COMP_WORDS options rest
  COMP_LINE=$1 COMP_POINT=$2 COMP_CWORD=$3 again=yes
  \shift 3
  COMP_WORDS=("$@")
  name=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]}
  if ((COMP_CWORD == 0)); then
    while IFS= \read -r i; do COMPREPLY+=("$i"); done < <(\compgen -c -- "$word" | \sort -u)
    \return 0
  fi
  previous=${COMP_WORDS[COMP_CWORD-1]}
  while [[ -n $again ]]; do
    again='' function='' program=''
    spec=$(\complete -p -- "$name" 2>/dev/null) || spec=$(\complete -p -- "${name##*/}" 2>/dev/null) || \return 0
    \eval "rest=(${spec% *})" # quoted by bash
    options=()
    __hatstand_option +o default
    for ((i = 1; i < ${#rest[@]}; i++)); do
      case ${rest[i]} in
      -o) i=$((i + 1)) && __hatstand_option -o "${rest[i]}" ;;
      -F) i=$((i + 1)) && function=${rest[i]} ;;
      -C) i=$((i + 1)) && program=${rest[i]} ;;
      *) options+=("${rest[i]}") ;;
      esac
    done
    if [[ -n $function ]]; then
      "$function" "$name" "$word" "$previous"
      if [[ $? == 124 ]]; then again=yes; fi # it has said more of the command
    elif [[ -n $program ]]; then
      while IFS= \read -r i; do COMPREPLY+=("$i"); done < <(
        \export COMP_LINE COMP_POINT COMP_TYPE COMP_KEY
        \eval "$program \"\$name\" \"\$word\" \"\$previous\"" 2>/dev/null
      )
    fi
  done
  if ((${#options[@]})); then
    while IFS= \read -r i; do COMPREPLY+=("$i"); done < <(\compgen "${options[@]}" -- "$word")
  fi
}

__hatstand_option() {
  if [[ $(\type -t compopt) == builtin ]]; then \compopt "$1" "$2" 2>/dev/null; fi
  \return 0
}
