import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.eclipse.dataspacetck.core.system.ConsoleMonitor;
import org.eclipse.dataspacetck.dsp.system.DspSystemLauncher;
import org.eclipse.dataspacetck.runtime.ConsoleResultWriter;
import org.eclipse.dataspacetck.runtime.TckRuntime;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs every test of the kit with the properties of one file, or those whose id begins with the second argument.
 * The kit prints its own lines; the last one here is for the caller. Exit status 0 only if tests ran and none failed.
 */
final class Suite {
    private static final String TESTS = "org.eclipse.dataspacetck.dsp.verification";

    public static void main(String[] arguments) throws IOException {
        var monitor = new ConsoleMonitor(false, false);
        var builder = TckRuntime.Builder.newInstance()
                .properties(read(Path.of(arguments[0])))
                .launcher(DspSystemLauncher.class)
                .addPackage(TESTS)
                .monitor(monitor);
        if (arguments.length > 1) {
            builder.displayNameMatching(name -> name.startsWith(arguments[1]));
        }
        var summary = builder.build().execute();
        new ConsoleResultWriter(monitor).output(summary);
        System.out.printf("found=%d passed=%d failed=%d disabled=%d%n", summary.getTestsFoundCount(),
                summary.getTestsSucceededCount(), summary.getTestsFailedCount(), summary.getTestsSkippedCount());
        System.exit(isGood(summary) ? 0 : 1);
    }

    private static boolean isGood(TestExecutionSummary summary) {
        return summary.getTestsSucceededCount() > 0 && summary.getTotalFailureCount() == 0;
    }

    private static Map<String, String> read(Path file) throws IOException {
        var properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        var read = new HashMap<String, String>();
        properties.forEach((name, value) -> read.put((String) name, (String) value));
        return read;
    }
}
