package lathe.launcher.osgi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.jar.JarFile;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.BundleBuilder;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.registry.PluginSource;
import lathe.spi.Plugin;

class PluginFolderTest {
    @TempDir
    private Path folder;

    private final PluginRegistry registry = new PluginRegistry();
    private OsgiFramework framework;

    @BeforeEach
    void start() {
        framework = OsgiFramework.start();
        BundleBuilder.pruner("lathe-good", "1.2.0", "good").write(folder.resolve("good.jar"));
    }

    @AfterEach
    void stop() {
        framework.close();
    }

    /** Installs the folder, checks that the good bundle is untouched by the broken one, and gives the broken one. */
    private PluginSource brokenBundle() {
        new PluginFolder(framework, registry, folder).synchronize();
        assertThat(registry.view().methods()).extracting(InstalledMethod::id).containsExactly("good");
        assertThat(registry.view().sources()).hasSize(2);
        return registry.view().sources().stream()
                .filter(source -> !source.usable())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void findsThePluginOfAStartedBundle() {
        new PluginFolder(framework, registry, folder).synchronize();

        InstalledMethod method = registry.view().require("good");
        assertThat(method.source().bundle()).isEqualTo("lathe-good");
        assertThat(method.source().version()).isEqualTo("1.2.0");
        assertThat(method.source().state()).isEqualTo("active");
        assertThat(method.source().digest()).hasSize(64);
        assertThat(method.source().location()).isEqualTo(folder.resolve("good.jar").toString());
        assertThat(method.method().configType().getClassLoader()).isNotEqualTo(Plugin.class.getClassLoader());
    }

    @Test
    void showsAJarThatIsNoJarAsBroken() throws IOException {
        Files.writeString(folder.resolve("nojar.jar"), "this is no jar");

        assertThat(brokenBundle().problem()).startsWith("The file is no jar");
    }

    @Test
    void showsATruncatedJarAsBroken() throws IOException {
        byte[] whole = Files.readAllBytes(folder.resolve("good.jar"));
        Files.write(folder.resolve("half.jar"), Arrays.copyOf(whole, whole.length / 2));

        assertThat(brokenBundle().problem()).startsWith("The file is no jar");
    }

    @Test
    void showsAnEmptyFileAsBroken() throws IOException {
        Files.createFile(folder.resolve("empty.jar"));

        assertThat(brokenBundle().problem()).startsWith("The file is no jar");
    }

    @Test
    void showsAJarThatIsNoBundleAsBroken() {
        BundleBuilder.bundle(null, null).write(folder.resolve("plain.jar"));

        PluginSource broken = brokenBundle();
        assertThat(broken.bundle()).isEqualTo("plain.jar");
        assertThat(broken.problem()).contains("no Bundle-SymbolicName");
    }

    @Test
    void showsAFolderNamedLikeAJarAsBroken() throws IOException {
        Files.createDirectory(folder.resolve("folder.jar"));

        assertThat(brokenBundle().problem()).startsWith("The file cannot be read");
    }

    @Test
    void showsAnUnreadableFileAsBroken() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret.jar"), "x");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
        Assumptions.assumeFalse(Files.isReadable(secret), "this user reads every file");

        assertThat(brokenBundle().problem()).startsWith("The file cannot be read");
    }

    @Test
    void showsAPluginWhoseConstructorThrowsAsBroken() {
        BundleBuilder.bundle("com.acme.bad", "3.0.0")
                .plugin("bad", "BadPlugin", "if (true) throw new IllegalStateException(\"no licence\");",
                        "return null;")
                .write(folder.resolve("bad.jar"));

        PluginSource broken = brokenBundle();
        assertThat(broken.bundle()).isEqualTo("com.acme.bad");
        assertThat(broken.version()).isEqualTo("3.0.0");
        assertThat(broken.problem()).contains("constructor of test.bad.BadPlugin", "no licence");
    }

    @Test
    void showsAPluginWhoseStaticInitialiserFailsAsBroken() {
        BundleBuilder.bundle("com.acme.bad", "3.0.0")
                .plugin("bad", "BadPlugin", "Object never = Other.LENGTH;", "return null;")
                .source("test.bad.Other",
                        "package test.bad; class Other { static final Object LENGTH = 1 / (int) 0L; }")
                .write(folder.resolve("bad.jar"));

        assertThat(brokenBundle().problem()).contains("test.bad.BadPlugin", "ExceptionInInitializerError");
    }

    @Test
    void namesThePackageThatABundleMisses() {
        BundleBuilder.pruner("com.acme.bad", "1.0.0", "bad")
                .imports("com.acme.missing;version=\"[2.0,3)\"")
                .write(folder.resolve("bad.jar"));

        assertThat(brokenBundle().problem())
                .contains("imports a package that neither the SPI nor an installed bundle exports")
                .contains("com.acme.missing");
    }

    @Test
    void showsABundleBuiltForAnotherSpiAsBroken() {
        BundleBuilder.pruner("com.acme.bad", "1.0.0", "bad")
                .imports("lathe.spi.tensor;version=\"[2.0,3)\"")
                .write(folder.resolve("bad.jar"));

        assertThat(brokenBundle().problem()).contains("lathe.spi.tensor");
    }

    @Test
    void showsAServiceFileThatNamesNoClassAsBroken() {
        BundleBuilder.bundle("com.acme.bad", "1.0.0").services("test.Missing").write(folder.resolve("bad.jar"));

        assertThat(brokenBundle().problem()).isEqualTo("It names the plugin class test.Missing, which is not in it.");
    }

    @Test
    void showsAServiceThatIsNoPluginAsBroken() {
        BundleBuilder.bundle("com.acme.bad", "1.0.0")
                .source("test.bad.Thing", "package test.bad; public class Thing {}")
                .services("test.bad.Thing")
                .write(folder.resolve("bad.jar"));

        assertThat(brokenBundle().problem()).contains("test.bad.Thing is no lathe.spi.Plugin");
    }

    @Test
    void hidesThePlatformFromPlugins() {
        BundleBuilder.bundle("com.acme.bad", "1.0.0")
                .plugin("bad", "BadPlugin", "new lathe.runtime.registry.PluginRegistry();", "return null;")
                .write(folder.resolve("bad.jar"));

        assertThat(brokenBundle().problem()).contains("lathe/runtime/registry/PluginRegistry");
    }

    @Test
    void letsAPluginBringItsOwnVersionOfALibraryOfThePlatform() {
        BundleBuilder.bundle("com.acme.own", "1.0.0")
                .plugin("own", "OwnPlugin", "", """
                        return java.util.List.of(lathe.spi.Method.pruner("own", Settings.class, settings -> null)
                                .summary(new com.google.gson.Gson().version()));
                        """)
                .source(
                        "com.google.gson.Gson",
                        "package com.google.gson; public class Gson { public String version() { return \"mine\"; } }")
                .write(folder.resolve("own.jar"));

        new PluginFolder(framework, registry, folder).synchronize();

        assertThat(registry.view().require("own").method().summary()).isEqualTo("mine");
    }

    @Test
    void letsBundlesImportEachOthersPackagesInAnyOrder() {
        BundleBuilder.pruner("a.user", "1.0.0", "user")
                .imports("zz.library")
                .plugin("goodlib", "LibPlugin", "new zz.library.Thing();", "return java.util.List.of();")
                .withoutJar("zz.library.Thing", "package zz.library; public class Thing {}")
                .write(folder.resolve("a.jar"));
        BundleBuilder.bundle("zz.library", "1.0.0")
                .source("zz.library.Thing", "package zz.library; public class Thing {}")
                .exports("zz.library")
                .write(folder.resolve("z.jar"));

        new PluginFolder(framework, registry, folder).synchronize();

        assertThat(registry.view().sources()).hasSize(3).allMatch(PluginSource::usable);
    }

    @Test
    void givesPluginsTheConfigTypeOfThePlatformInTheVersionThatTheyWereBuiltWith() throws IOException {
        String path = ConfigFactory.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        try (JarFile jar = new JarFile(path)) {
            assertThat(jar.getManifest().getMainAttributes().getValue("Bundle-Version"))
                    .isEqualTo(SpiPackages.CONFIG_VERSION);
        }
        BundleBuilder.bundle("com.acme.raw", "1.0.0")
                .imports("com.typesafe.config;version=\"[1.4.0,2.0.0)\"")
                .plugin("raw", "RawPlugin", "", """
                        return java.util.List.of(lathe.spi.Method.pruner("raw", Settings.class, settings -> null)
                                .summary(com.typesafe.config.ConfigFactory.parseString("a = here").getString("a")));
                        """)
                .write(folder.resolve("raw.jar"));

        new PluginFolder(framework, registry, folder).synchronize();

        assertThat(registry.view().require("raw").method().summary()).isEqualTo("here");
    }

    @Test
    void listsNothingForAFolderThatDoesNotExist() {
        new PluginFolder(framework, registry, folder.resolve("absent")).synchronize();

        assertThat(registry.view().sources()).isEmpty();
    }
}
