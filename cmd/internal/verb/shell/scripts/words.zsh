# __hatstand_suggest PROGRAM WORDS...: what may stand in the place of the last word. Nothing of the line is evaluated.
function __hatstand_suggest {
  \local line directive=0 name program=$1
  \local -a names
  \shift
  for line in "${(@f)$(\command $program __complete "$@" 2>/dev/null)}"; do
    case $line in
    ('') ;;
    (:*) directive=${line#:} ;;
    (*) name=${line%%$'\t'*}
      if [[ $line == *$'\t'* ]]; then
        names+=("${name//:/\\:}:${line#*$'\t'}")
      else
        names+=("${name//:/\\:}")
      fi ;;
    esac
  done
  [[ $PREFIX != -*=* ]] || compset -P '*='
  if (( $#names )); then
    if (( directive & 2 )); then
      _describe -t hatstand hatstand names -S ''
    else
      _describe -t hatstand hatstand names
    fi
  elif (( directive & 4 )); then
    \return 1
  else
    _files
  fi
}
