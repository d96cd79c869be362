# formula.rb FORMULA SYSTEM PROCESSOR [FOLDER PREFIX]: reads a formula as Homebrew does on such a machine, and prints its
# version, address and checksum. With an unpacked archive it installs that as the formula says, and runs the formula's test.
require "fileutils"

class Folder < String
  def install(*what)
    FileUtils.mkdir_p(self)
    what.flatten.each do |w|
      pairs = w.is_a?(Hash) ? w.to_a : [[w, File.basename(w)]]
      pairs.each { |from, to| FileUtils.cp(from, File.join(self, to)) }
    end
  end
end

class Formula
  class << self
    attr_reader :told, :check

    %w[desc homepage version license url sha256].each do |name|
      define_method(name) do |text|
        @told ||= {}
        raise "#{name} twice" if @told[name]

        @told[name] = text
      end
    end
    %w[macos linux].each { |name| define_method("on_#{name}") { |&block| block.call if ARGV[1] == name } }
    %w[intel arm].each { |name| define_method("on_#{name}") { |&block| block.call if ARGV[2] == name } }

    def test(&block)
      @check = block
    end
  end

  { bin: "bin", man1: "share/man/man1", bash_completion: "etc/bash_completion.d",
    zsh_completion: "share/zsh/site-functions", fish_completion: "share/fish/vendor_completions.d" }.each do |name, path|
    define_method(name) { Folder.new(File.join(ARGV[4], path)) }
  end

  def version
    self.class.told["version"]
  end

  def shell_output(command)
    out = `#{command}`
    raise "#{command}: #{$?}" unless $?.success?

    out
  end

  def assert_match(want, got)
    raise "#{got} has no #{want}" unless got.include?(want)
  end
end

require File.absolute_path(ARGV[0])
told = Hatstand.told
raise "desc is too long" if told["desc"].length > 80 || told["desc"].end_with?(".")
puts told.values_at("version", "url", "sha256")
if ARGV[3]
  formula = Hatstand.new
  Dir.chdir(ARGV[3]) { formula.install }
  formula.instance_exec(&Hatstand.check)
end
