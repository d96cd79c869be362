_hat() {
  (( CURRENT == 2 )) || return 0
  local -a names
  names=(${${(f)"$(command @HATSTAND@ __completeNoDesc env "$PREFIX" 2>/dev/null)"}:#:*})
  compadd -a names
}
if (( $+functions[compdef] )); then compdef _hat hat; fi
